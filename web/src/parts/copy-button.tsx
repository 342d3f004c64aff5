import { useState, type ReactNode } from 'react';

interface Props {
  readonly text: () => string;
  readonly label: string;
}

const SAID_MS = 2_000;

/** Copies a text, and says that it did. */
export function CopyButton({ text, label }: Props): ReactNode {
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text());
      setSaid('Copied');
    } catch {
      setSaid('Not allowed here');
    }
    setTimeout(() => setSaid(''), SAID_MS);
  };
  return (
    <button type="button" className="button button-small" onClick={() => void copy()}>
      {said === '' ? label : said}
      <span className="sr-only" role="status">
        {said}
      </span>
    </button>
  );
}
