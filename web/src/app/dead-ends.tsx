import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Property } from '@muster/client';
import { Empty } from '../parts/empty.js';
import { PageHead } from '../parts/page-title.js';

/** At an address that names no view. */
export function NotFound(): ReactNode {
  return (
    <>
      <PageHead title="There is nothing here" />
      <p>
        The address names no view of the console. <Link href="/">Go to the start</Link>, or choose one at the left.
      </p>
    </>
  );
}

/** At the address of a property that there is not, or where there is none at all. */
export function NoProperty({ properties }: { readonly properties: readonly Property[] }): ReactNode {
  if (properties.length === 0) {
    return (
      <>
        <PageHead title="No property yet" />
        <Empty title="You see no property">
          A property is an area of analysis: a site, an app, a wiki. Ask an owner or admin to make one, or to let you
          see one.
        </Empty>
      </>
    );
  }
  return (
    <>
      <PageHead title="No such property" lead="It does not exist, or you do not see it. You see these:" />
      <ul>
        {properties.map(({ id, slug, name }) => (
          <li key={id}>
            <Link href={`/p/${slug}`}>{name}</Link>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Where the person lacks what a view needs. */
export function NotAllowed({ missing }: { readonly missing: string }): ReactNode {
  return (
    <>
      <PageHead title="Not for you to see" />
      <p>
        This view needs <code>{missing}</code>, which you do not hold here. An owner or admin of the account can give it
        to you.
      </p>
    </>
  );
}
