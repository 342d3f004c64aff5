import type { ReactNode } from 'react';
import { ProblemNote } from './problem-note.js';

interface Props {
  /** The words of the button. */
  readonly action: string;
  readonly what: string;
  readonly change: { readonly isPending: boolean; readonly error: Error | null };
  readonly onSubmit: () => void;
  readonly onCancel?: () => void;
  readonly isDisabled?: boolean;
  readonly children: ReactNode;
}

/** Fields that are sent together, with what the service says of them. */
export function ChangeForm({ action, what, change, onSubmit, onCancel, isDisabled, children }: Props): ReactNode {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      {change.error !== null && <ProblemNote error={change.error} what={what} />}
      <div className="row dialog-foot">
        {onCancel && (
          <button type="button" className="button" onClick={onCancel}>
            Cancel
          </button>
        )}
        <button type="submit" className="button button-main" disabled={change.isPending || isDisabled === true}>
          {change.isPending ? 'One moment…' : action}
        </button>
      </div>
    </form>
  );
}
