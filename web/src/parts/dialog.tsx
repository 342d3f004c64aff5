import { useEffect, useId, useRef, type ReactNode } from 'react';
import { Icon } from './icon.js';

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A window over the view, for as long as it is rendered; Escape and the cross close it. */
export function Dialog({ title, onClose, children }: Props): ReactNode {
  const id = useId();
  const place = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    if (place.current?.open === false) place.current.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog
      className="dialog"
      ref={place}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header className="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" className="icon-button" onClick={onClose}>
          <Icon name="close" label="Close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
