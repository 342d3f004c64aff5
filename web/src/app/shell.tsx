import { useEffect, useState, type ReactNode } from 'react';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import type { Property } from '@muster/client';
import { useProperties } from '../api/properties.js';
import { grantsOf, type Session } from '../api/session.js';
import { Icon } from '../parts/icon.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Waiting } from '../parts/waiting.js';
import sign from '../style/sign.svg';
import { NoProperty, NotFound } from './dead-ends.js';
import { Navigation } from './navigation.js';
import { PersonMenu } from './person-menu.js';
import { rememberProperty, rememberedProperty } from './remembered-property.js';
import { AccountViews, PropertyViews } from './view-routes.js';

/** The frame of every view: what there is at the left, what is open at the right. */
export function Shell({ session }: { readonly session: Session }): ReactNode {
  const [path] = useLocation();
  const { data: properties, error, refetch } = useProperties();
  const named = /^\/p\/([^/]+)/.exec(path)?.[1];
  const slug = named === undefined ? rememberedProperty() : decodeURIComponent(named);
  const current = properties?.find((one) => one.slug === slug || one.id === slug);
  useEffect(() => {
    if (named !== undefined && current !== undefined) rememberProperty(current.slug);
  }, [named, current]);
  return (
    <div className="shell">
      <a className="button skip" href="#view">
        Skip to the view
      </a>
      <Side session={session} properties={properties ?? []} current={current ?? properties?.[0]} path={path} />
      <main className="page" id="view" tabIndex={-1}>
        {properties === undefined && error !== null && <ProblemNote error={error} onRetry={() => void refetch()} />}
        {properties === undefined && error === null && <Waiting what="Reading the properties" isWhole />}
        {properties !== undefined && (
          <Views session={session} properties={properties} current={current} hasNamed={named !== undefined} />
        )}
      </main>
    </div>
  );
}

interface SideProps {
  readonly session: Session;
  readonly properties: readonly Property[];
  readonly current: Property | undefined;
  readonly path: string;
}

function Side({ session, properties, current, path }: SideProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  return (
    <header className="side">
      <div className="side-top">
        <Link className="side-head" href="/">
          <img src={sign} alt="" width="24" height="24" />
          Muster
        </Link>
        <button
          type="button"
          className="icon-button side-toggle"
          aria-expanded={isOpen}
          aria-controls="side-body"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'close' : 'menu'} label={isOpen ? 'Close the menu' : 'Open the menu'} />
        </button>
      </div>
      <div className="side-body" id="side-body" data-open={isOpen ? '' : undefined}>
        <Navigation session={session} properties={properties} current={current} path={path} />
        <PersonMenu session={session} />
      </div>
    </header>
  );
}

interface ViewsProps {
  readonly session: Session;
  readonly properties: readonly Property[];
  readonly current: Property | undefined;
  readonly hasNamed: boolean;
}

function Views({ session, properties, current, hasNamed }: ViewsProps): ReactNode {
  const first = current ?? properties[0];
  if (hasNamed && current === undefined) return <NoProperty properties={properties} />;
  return (
    <Switch>
      <Route path="/p/:property/*?">
        {current && <PropertyViews session={session} property={current} grants={grantsOf(session, current.id)} />}
      </Route>
      <Route path="/account/*?">
        <AccountViews session={session} />
      </Route>
      <Route path="/">
        {first === undefined ? <NoProperty properties={properties} /> : <Redirect to={`/p/${first.slug}`} replace />}
      </Route>
      <Route path="/sign-in">
        <Redirect to="/" replace />
      </Route>
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}
