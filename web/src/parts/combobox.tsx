import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Field } from './field.js';

interface Props {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly placeholder?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What may be meant by the text, with the caret at a place. */
  readonly proposals: (text: string, caret: number) => readonly string[];
  /** The text after a proposal was taken; the proposal itself unless given. */
  readonly take?: (text: string, caret: number, proposal: string) => string;
}

/** A line of text with proposals: any text may be typed, arrows and Enter take a proposal, Escape closes them. */
export function Combobox(props: Props): ReactNode {
  const { label, hint, error, placeholder, value, onChange, proposals, take } = props;
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const caret = input.current?.selectionStart ?? value.length;
  const shown = isOpen ? proposals(value, caret) : [];
  const isListed = shown.length > 0 && !(shown.length === 1 && shown[0] === value);
  const choose = (proposal: string): void => {
    onChange(take === undefined ? proposal : take(value, caret, proposal));
    setOpen(false);
    setActive(-1);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!isOpen) return setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive((active + step + shown.length + (active < 0 && step < 0 ? 1 : 0)) % Math.max(1, shown.length));
    } else if (event.key === 'Enter' && isListed && shown[active] !== undefined) {
      event.preventDefault();
      choose(shown[active]);
    } else if (event.key === 'Escape' && isOpen) {
      event.preventDefault();
      setOpen(false);
    }
  };
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <div className="combobox">
          <input
            {...ids}
            ref={input}
            type="text"
            role="combobox"
            autoComplete="off"
            spellCheck={false}
            placeholder={placeholder}
            aria-expanded={isListed}
            aria-controls={isListed ? list : undefined}
            aria-autocomplete="list"
            aria-activedescendant={isListed && active >= 0 ? `${list}-${active}` : undefined}
            value={value}
            onChange={(event) => {
              onChange(event.target.value);
              setOpen(true);
              setActive(-1);
            }}
            onFocus={() => setOpen(true)}
            onBlur={() => setOpen(false)}
            onKeyDown={onKeyDown}
          />
          {isListed && (
            <ul className="combobox-list" role="listbox" id={list} aria-label="Proposals">
              {shown.map((proposal, at) => (
                <li
                  key={proposal}
                  id={`${list}-${at}`}
                  role="option"
                  aria-selected={at === active}
                  // Before the field loses the focus, which would close the list.
                  onMouseDown={(event) => {
                    event.preventDefault();
                    choose(proposal);
                  }}
                >
                  {proposal}
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </Field>
  );
}
