import type { ReactNode } from 'react';
import sign from '../style/sign.svg';

/** The frame of what is seen before one is signed in. */
export function Door({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <main className="door">
      <div className="door-box">
        <img src={sign} alt="" width="40" height="40" />
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
