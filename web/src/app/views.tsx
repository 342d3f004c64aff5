import { lazy, type ComponentType } from 'react';
import type { Grant } from '../api/session.js';

/** One view of the console: where it is, and who sees it. */
export interface View {
  /** Pattern of its address: `/p/:property/...` or below `/account`. */
  readonly path: string;
  readonly component: ComponentType;
  /** What whoever opens it has to hold, in the property or for the account. */
  readonly needs: readonly Grant[];
  /** Its place in the navigation; absent: it is reached from other views. */
  readonly entry?: { readonly group: NavigationGroup; readonly label: string };
}

export const NAVIGATION_GROUPS = ['analysis', 'data', 'account'] as const;

export type NavigationGroup = (typeof NAVIGATION_GROUPS)[number];

export const GROUP_LABELS: Readonly<Record<NavigationGroup, string>> = {
  analysis: 'Analysis',
  data: 'Data',
  account: 'Account',
};

const view = (load: () => Promise<{ default: ComponentType }>): ComponentType => lazy(load);

/** Every view, in the order of the navigation; the code of each is loaded when it is opened. */
export const VIEWS: readonly View[] = [
  {
    path: '/p/:property/requests',
    component: view(() => import('../watch/requests-view.js')),
    needs: ['requests:read'],
    entry: { group: 'analysis', label: 'Requests' },
  },
];
