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

export const NAVIGATION_GROUPS = ['analysis', 'figures', 'data', 'account'] as const;

export type NavigationGroup = (typeof NAVIGATION_GROUPS)[number];

export const GROUP_LABELS: Readonly<Record<NavigationGroup, string>> = {
  analysis: 'Analysis',
  figures: 'Figures',
  data: 'Data',
  account: 'Account',
};

type Load = () => Promise<{ default: ComponentType }>;

/** How long is waited between attempts to load the code of a view, as while the program is started anew. */
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];

const view = (load: Load): ComponentType => lazy(() => loaded(load));

async function loaded(load: Load): ReturnType<Load> {
  for (const pause of PAUSES_MS) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return await load();
}

/** Every view, in the order of the navigation; the code of each is loaded when it is opened. */
export const VIEWS: readonly View[] = [
  {
    path: '/p/:property/ask',
    component: view(() => import('../ask/ask-view.js')),
    needs: ['requests:read', 'metrics:read', 'cohorts:read'],
    entry: { group: 'analysis', label: 'Ask' },
  },
  {
    path: '/p/:property/requests',
    component: view(() => import('../watch/requests-view.js')),
    needs: ['requests:read'],
    entry: { group: 'analysis', label: 'Requests' },
  },
  {
    path: '/p/:property/requests/:id',
    component: view(() => import('../read/request-view.js')),
    needs: ['requests:read'],
  },
  {
    path: '/p/:property/cohorts',
    component: view(() => import('../ask/cohorts-view.js')),
    needs: ['cohorts:read'],
    entry: { group: 'analysis', label: 'Cohorts' },
  },
  {
    path: '/p/:property/cohorts/new',
    component: view(() => import('../ask/new-cohort-view.js')),
    needs: ['cohorts:read', 'cohorts:write'],
  },
  {
    path: '/p/:property/cohorts/:cohort',
    component: view(() => import('../cohort/cohort-view.js')),
    needs: ['cohorts:read'],
  },
  {
    path: '/p/:property/cohorts/:cohort/edit',
    component: view(() => import('../ask/edit-cohort-view.js')),
    needs: ['cohorts:read', 'cohorts:write'],
  },
  {
    path: '/p/:property/uploads/:id',
    component: view(() => import('../cohort/upload-view.js')),
    needs: ['cohorts:read', 'people:read'],
  },
  {
    path: '/p/:property/active-users',
    component: view(() => import('../figures/active-users-view.js')),
    needs: ['usage:read'],
    entry: { group: 'figures', label: 'Active users' },
  },
  {
    path: '/p/:property/active-users/settings',
    component: view(() => import('../figures/active-settings-view.js')),
    needs: ['usage:read'],
  },
  {
    path: '/p/:property/visitors',
    component: view(() => import('../figures/visitors-view.js')),
    needs: ['requests:read', 'usage:read'],
    entry: { group: 'figures', label: 'Visitors' },
  },
  {
    path: '/p/:property/sessions',
    component: view(() => import('../figures/sessions-view.js')),
    needs: ['usage:read', 'people:read'],
  },
  {
    path: '/p/:property/usage',
    component: view(() => import('../figures/usage-view.js')),
    needs: ['usage:read'],
    entry: { group: 'figures', label: 'Usage counters' },
  },
  {
    path: '/p/:property/usage/settings',
    component: view(() => import('../figures/usage-settings-view.js')),
    needs: ['usage:read'],
  },
  {
    path: '/p/:property/trackables',
    component: view(() => import('../figures/trackables-view.js')),
    needs: ['usage:read'],
    entry: { group: 'figures', label: 'Trackables' },
  },
  {
    path: '/p/:property/trackables/:type/:name',
    component: view(() => import('../figures/trackable-view.js')),
    needs: ['usage:read'],
  },
  {
    path: '/p/:property/schema',
    component: view(() => import('../stored/schema-view.js')),
    needs: ['events:read'],
    entry: { group: 'data', label: 'What came in' },
  },
  {
    path: '/p/:property/users',
    component: view(() => import('../stored/user-view.js')),
    needs: ['users:read', 'people:read'],
    entry: { group: 'data', label: 'A user' },
  },
  {
    path: '/p/:property/batches',
    component: view(() => import('../stored/batches-view.js')),
    needs: ['events:read'],
    entry: { group: 'data', label: 'Batches' },
  },
  {
    path: '/p/:property/batches/:seq',
    component: view(() => import('../stored/batch-view.js')),
    needs: ['events:read'],
  },
  {
    path: '/p/:property/uploads',
    component: view(() => import('../stored/uploads-view.js')),
    needs: ['cohorts:read', 'people:read'],
    entry: { group: 'data', label: 'Uploads' },
  },
  {
    path: '/p/:property/metrics',
    component: view(() => import('../stored/metrics-view.js')),
    needs: ['metrics:read'],
    entry: { group: 'data', label: 'Named metrics' },
  },
  {
    path: '/p/:property/metrics/new',
    component: view(() => import('../stored/metric-form-view.js')),
    needs: ['metrics:read', 'metrics:write'],
  },
  {
    path: '/p/:property/metrics/:metric',
    component: view(() => import('../stored/metric-form-view.js')),
    needs: ['metrics:read'],
  },
  {
    path: '/p/:property/tracker',
    component: view(() => import('../settings/tracker-view.js')),
    needs: ['property:read'],
    entry: { group: 'data', label: 'Tracker' },
  },
  {
    path: '/p/:property/settings',
    component: view(() => import('../settings/settings-view.js')),
    needs: ['property:read'],
    entry: { group: 'data', label: 'Settings' },
  },
  {
    path: '/account/properties',
    component: view(() => import('../settings/properties-view.js')),
    needs: ['property:read'],
    entry: { group: 'account', label: 'Properties' },
  },
  {
    path: '/account/settings',
    component: view(() => import('../settings/account-view.js')),
    needs: ['account:read'],
    entry: { group: 'account', label: 'Account' },
  },
  {
    path: '/account/members',
    component: view(() => import('../access/members-view.js')),
    needs: ['members:read'],
    entry: { group: 'account', label: 'Members' },
  },
  {
    path: '/account/keys',
    component: view(() => import('../access/keys-view.js')),
    needs: ['keys:read'],
    entry: { group: 'account', label: 'Keys' },
  },
  {
    path: '/account/sign-in',
    component: view(() => import('../access/sign-in-view.js')),
    needs: ['account:read'],
    entry: { group: 'account', label: 'Sign-in' },
  },
  {
    path: '/account/token-issuers',
    component: view(() => import('../access/issuers-view.js')),
    needs: ['account:read'],
    entry: { group: 'account', label: 'Issuers of tokens' },
  },
  {
    path: '/account/storage',
    component: view(() => import('../settings/storage-view.js')),
    needs: ['property:read'],
    entry: { group: 'account', label: 'Storage' },
  },
  {
    path: '/account/limits',
    component: view(() => import('../settings/limits-view.js')),
    needs: ['usage:read'],
    entry: { group: 'account', label: 'Limits' },
  },
  {
    path: '/account/audit',
    component: view(() => import('../access/audit-view.js')),
    needs: ['account:read'],
    entry: { group: 'account', label: 'Audit log' },
  },
  {
    path: '/account/you',
    component: view(() => import('../access/you-view.js')),
    needs: [],
    entry: { group: 'account', label: 'You' },
  },
];
