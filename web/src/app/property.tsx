import { createContext, useContext, type ReactNode } from 'react';
import type { Property } from '@muster/client';
import type { Grant } from '../api/session.js';

/** The property that the address names, and what the person may do in it. */
export interface PropertyInView {
  readonly property: Property;
  readonly grants: ReadonlySet<Grant>;
  /** The address of a view of the property: `at('requests')`. */
  readonly at: (path: string) => string;
}

const Context = createContext<PropertyInView | null>(null);

export function PropertyProvider(props: { readonly value: PropertyInView; readonly children: ReactNode }): ReactNode {
  return <Context value={props.value}>{props.children}</Context>;
}

/** For views below `/p/:property`. */
export function useProperty(): PropertyInView {
  const found = useContext(Context);
  if (found === null) throw new Error('The view stands outside of a property');
  return found;
}
