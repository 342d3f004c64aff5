import type { ReactNode } from 'react';

interface Props {
  /** What there is none of. */
  readonly title: string;
  /** What to do next. */
  readonly children: ReactNode;
}

/** Stands where a list would be, and says how to fill it. */
export function Empty({ title, children }: Props): ReactNode {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      <div>{children}</div>
    </div>
  );
}
