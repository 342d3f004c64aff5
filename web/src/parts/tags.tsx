import type { ReactNode } from 'react';

/** Labels that people gave. */
export function Tags({ tags }: { readonly tags: readonly string[] }): ReactNode {
  return (
    <span className="tags">
      {tags.map((tag) => (
        <span key={tag} className="badge">
          {tag}
        </span>
      ))}
    </span>
  );
}
