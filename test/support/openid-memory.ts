import type { Adapter, AdapterPayload } from 'oidc-provider';

/** What a provider of a test remembers, also when its keys or clients change. */
export class OpenIdMemory {
  private readonly rows = new Map<string, AdapterPayload>();

  /** As `oidc-provider` asks for it. */
  readonly adapter = (name: string): Adapter => {
    const all = (): [string, AdapterPayload][] => [...this.rows].filter(([key]) => key.startsWith(`${name}/`));
    const first = (has: (row: AdapterPayload) => boolean): Promise<AdapterPayload | undefined> =>
      Promise.resolve(all().find(([, row]) => has(row))?.[1]);
    return {
      upsert: async (id, row) => void this.rows.set(`${name}/${id}`, row),
      find: async (id) => this.rows.get(`${name}/${id}`),
      findByUid: (uid) => first((row) => row.uid === uid),
      findByUserCode: (code) => first((row) => row.userCode === code),
      consume: async (id) => {
        const row = this.rows.get(`${name}/${id}`);
        if (row !== undefined) row.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => void this.rows.delete(`${name}/${id}`),
      revokeByGrantId: async (grantId) => {
        for (const [key, row] of all()) if (row.grantId === grantId) this.rows.delete(key);
      },
    };
  };
}
