import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import type { Property } from '@muster/client';
import { grantsOf, type Session } from '../api/session.js';
import { Field } from '../parts/field.js';
import { GROUP_LABELS, NAVIGATION_GROUPS, VIEWS, type NavigationGroup } from './views.js';

interface Props {
  readonly session: Session;
  readonly properties: readonly Property[];
  readonly current: Property | undefined;
  readonly path: string;
}

/** The property that is looked at, and the views that the person may open. */
export function Navigation({ session, properties, current, path }: Props): ReactNode {
  const [, navigate] = useLocation();
  return (
    <>
      {properties.length > 0 && (
        <Field label="Property">
          {(ids) => (
            <select
              {...ids}
              value={current?.slug ?? ''}
              onChange={(event) => navigate(samePlaceIn(path, event.target.value))}
            >
              {properties.map(({ id, slug, name }) => (
                <option key={id} value={slug}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <nav className="side-nav" aria-label="Views">
        {NAVIGATION_GROUPS.map((group) => (
          <Group key={group} group={group} session={session} property={current} path={path} />
        ))}
      </nav>
    </>
  );
}

interface GroupProps {
  readonly group: NavigationGroup;
  readonly session: Session;
  readonly property: Property | undefined;
  readonly path: string;
}

function Group({ group, session, property, path }: GroupProps): ReactNode {
  const grants = grantsOf(session, group === 'account' ? undefined : property?.id);
  const entries = VIEWS.filter(
    ({ entry, needs, path: pattern }) =>
      entry?.group === group &&
      needs.every((need) => grants.has(need)) &&
      (property !== undefined || !pattern.startsWith('/p/')),
  );
  if (entries.length === 0) return null;
  return (
    <div>
      <p className="side-title" id={`group-${group}`}>
        {GROUP_LABELS[group]}
      </p>
      <ul className="side-group" aria-labelledby={`group-${group}`}>
        {entries.map(({ path: pattern, entry }) => {
          const href = pattern.replace(':property', property?.slug ?? '');
          const isCurrent = path === href || path.startsWith(`${href}/`);
          return (
            <li key={pattern}>
              <Link className="side-link" href={href} aria-current={isCurrent ? 'page' : undefined}>
                {entry?.label}
              </Link>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** The same list of another property; what is one thing of this property is left. */
function samePlaceIn(path: string, slug: string): string {
  const room = /^\/p\/[^/]+\/([^/]+)/.exec(path)?.[1];
  return room === undefined ? `/p/${slug}` : `/p/${slug}/${room}`;
}
