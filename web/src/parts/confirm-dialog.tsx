import { useState, type ReactNode } from 'react';
import { Dialog } from './dialog.js';
import { TextField } from './field.js';
import { ProblemNote } from './problem-note.js';

interface Props {
  readonly title: string;
  /** What will be so afterwards, and whether there is a way back. */
  readonly children: ReactNode;
  /** The words of the button: `Revoke the key`. */
  readonly action: string;
  /** What has to be typed first; absent: nothing. */
  readonly typed?: string;
  /** Whether what is done cannot be undone. */
  readonly isBad?: boolean;
  readonly change: { readonly isPending: boolean; readonly error: Error | null };
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something is done that others will notice. */
export function ConfirmDialog(props: Props): ReactNode {
  const { title, children, action, typed, isBad = true, change, onConfirm, onClose } = props;
  const [text, setText] = useState('');
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm();
        }}
      >
        <div className="stack">{children}</div>
        {typed !== undefined && (
          <TextField label={`Type ${typed} to go on`} value={text} onChange={setText} autoComplete="off" />
        )}
        {change.error !== null && <ProblemNote error={change.error} />}
        <div className="row dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            className={isBad ? 'button button-bad' : 'button button-main'}
            disabled={change.isPending || (typed !== undefined && text.trim() !== typed)}
          >
            {change.isPending ? 'One moment…' : action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
