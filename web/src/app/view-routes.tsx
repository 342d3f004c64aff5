import { Suspense, useMemo, type ReactNode } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import type { Property } from '@muster/client';
import { grantsOf, type Grant, type Session } from '../api/session.js';
import { Waiting } from '../parts/waiting.js';
import { NotAllowed, NotFound } from './dead-ends.js';
import { ErrorBoundary } from './error-boundary.js';
import { PropertyProvider } from './property.js';
import { SessionProvider } from './session-context.js';
import { VIEWS, type View } from './views.js';

const OF_PROPERTY = VIEWS.filter(({ path }) => path.startsWith('/p/'));
const OF_ACCOUNT = VIEWS.filter(({ path }) => path.startsWith('/account'));

interface PropertyViewsProps {
  readonly session: Session;
  readonly property: Property;
  readonly grants: ReadonlySet<Grant>;
}

/** What stands below `/p/:property`. */
export function PropertyViews({ session, property, grants }: PropertyViewsProps): ReactNode {
  const value = useMemo(
    () => ({ property, grants, at: (path: string) => `/p/${property.slug}/${path}` }),
    [property, grants],
  );
  const first = OF_PROPERTY.find(({ entry, needs }) => entry !== undefined && needs.every((need) => grants.has(need)));
  return (
    <SessionProvider value={session}>
      <PropertyProvider value={value}>
        <Switch>
          <Route path="/p/:property">
            {first === undefined ? (
              <NotAllowed missing="requests:read" />
            ) : (
              <Redirect to={first.path.replace(':property', property.slug)} replace />
            )}
          </Route>
          {OF_PROPERTY.map((view) => routeOf(view, grants))}
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </PropertyProvider>
    </SessionProvider>
  );
}

/** What stands below `/account`. */
export function AccountViews({ session }: { readonly session: Session }): ReactNode {
  const grants = grantsOf(session);
  const first = OF_ACCOUNT.find(({ entry, needs }) => entry !== undefined && needs.every((need) => grants.has(need)));
  return (
    <SessionProvider value={session}>
      <Switch>
        <Route path="/account">{first === undefined ? <NotFound /> : <Redirect to={first.path} replace />}</Route>
        {OF_ACCOUNT.map((view) => routeOf(view, grants))}
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </SessionProvider>
  );
}

function routeOf({ path, component: Component, needs }: View, grants: ReadonlySet<Grant>): ReactNode {
  const missing = needs.find((need) => !grants.has(need));
  return (
    <Route key={path} path={path}>
      {missing === undefined ? (
        <InBounds>
          <Component />
        </InBounds>
      ) : (
        <NotAllowed missing={missing} />
      )}
    </Route>
  );
}

function InBounds({ children }: { readonly children: ReactNode }): ReactNode {
  const [path] = useLocation();
  return (
    <ErrorBoundary of={path}>
      <Suspense fallback={<Waiting what="Opening the view" isWhole />}>{children}</Suspense>
    </ErrorBoundary>
  );
}
