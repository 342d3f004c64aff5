import { useEffect, type ReactNode } from 'react';

/** Names the tab of the browser after the view. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Muster`;
  }, [title]);
}

interface Props {
  readonly title: string;
  /** A line that says what the view is for. */
  readonly lead?: ReactNode;
  /** What one can do here, at its right. */
  readonly actions?: ReactNode;
}

/** The head of a view. */
export function PageHead({ title, lead, actions }: Props): ReactNode {
  usePageTitle(title);
  return (
    <header className="page-head">
      <div>
        <h1>{title}</h1>
        {lead !== undefined && <p className="page-lead">{lead}</p>}
      </div>
      {actions !== undefined && <div className="page-actions">{actions}</div>}
    </header>
  );
}
