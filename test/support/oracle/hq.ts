/** What an application uploads to the server of anonymoususage: the latest value of each trackable. */
export interface HqUpload {
  readonly uuid: string;
  readonly application: string;
  readonly data: Readonly<Record<string, { readonly type: HqType; readonly data: number | string }>>;
}

export type HqType = 'Statistic' | 'State' | 'Timer' | 'Sequence';
export type AliasLevel = 'any' | 'none' | 'only';
/** What a user of no state has uploaded. */
export const NO_STATE = 'No State';

interface HqRow {
  readonly type: HqType;
  readonly name: string;
  readonly uuid: string;
  readonly application: string;
  readonly data: number | string;
}

/** The tables of that server, and its queries as its description has them: for each user and application one value. */
export class Hq {
  #rows: HqRow[] = [];

  /** @param aliases by user */
  constructor(private readonly aliases: Readonly<Record<string, string>>) {}

  upload({ uuid, application, data }: HqUpload): void {
    for (const [name, one] of Object.entries(data)) {
      const isOther = (row: HqRow): boolean =>
        row.type !== one.type || row.name !== name || row.uuid !== uuid || row.application !== application;
      this.#rows = [...this.#rows.filter(isOther), { ...one, name, uuid, application }];
    }
  }

  /** `GET /usage/trackables?type=a,b&application=`: type, application, name. */
  trackables(types: readonly HqType[], application: string | null): string[][] {
    const rows = this.#rows.filter(
      (row) => types.includes(row.type) && (application ?? row.application) === row.application,
    );
    return distinct(rows.map((row) => [row.type, row.application, row.name]));
  }

  /** `sortby=trackable` and `sortby=application`: sum and users of one trackable by application. */
  sums(type: HqType, name: string, level: AliasLevel): [application: string, sum: number, users: number][] {
    const rows = this.#of(type, name, level);
    return distinct(rows.map(({ application }) => [application])).map(([application = '']) => {
      const own = rows.filter((row) => row.application === application);
      return [application, own.reduce((sum, { data }) => sum + Number(data), 0), own.length];
    });
  }

  /** `sortby=uuid`: the value of each user in an application. */
  ofUsers(type: HqType, name: string, application: string, level: AliasLevel): [uuid: string, data: number | string][] {
    const rows = this.#of(type, name, level).filter((row) => row.application === application);
    return rows.map(({ uuid, data }): [string, number | string] => [uuid, data]).sort(byFirst);
  }

  /** `states`, `sortby=state`: users in each state of an application. Also the chart of states. */
  inStates(name: string, application: string, level: AliasLevel): [state: string, users: number][] {
    const rows = this.#of('State', name, level).filter((row) => row.application === application);
    return distinct(rows.map(({ data }) => [String(data)])).map(([state = '']) => [
      state,
      rows.filter(({ data }) => data === state).length,
    ]);
  }

  /** `GET /usage/users`: users by application, of the trackable that most of them have. */
  users(level: AliasLevel): [application: string, users: number][] {
    return distinct(this.#rows.map(({ application }) => [application])).map(([application = '']) => {
      const own = this.#rows.filter((row) => row.application === application && this.#isOf(row, level));
      const names = own.map(({ type, name }) => `${type} ${name}`);
      return [application, Math.max(0, ...names.map((name) => names.filter((one) => one === name).length))];
    });
  }

  /** `GET /plots/statistics/data`: a column for each statistic, a series for each user by his alias or id. */
  stacked(statistics: readonly string[], level: AliasLevel): { uuids: string[]; counts: (string | number)[][] } {
    const uuids = distinct(statistics.flatMap((name) => this.#of('Statistic', name, level).map(({ uuid }) => [uuid])));
    const counts = statistics.map((name) => [
      name,
      ...uuids.map(([uuid]) => {
        const own = this.#of('Statistic', name, level).filter((row) => row.uuid === uuid);
        return own.reduce((sum, { data }) => sum + Number(data), 0);
      }),
    ]);
    return { uuids: uuids.map(([uuid = '']) => this.aliases[uuid] ?? uuid), counts };
  }

  #of(type: HqType, name: string, level: AliasLevel): readonly HqRow[] {
    return this.#rows.filter((row) => row.type === type && row.name === name && this.#isOf(row, level));
  }

  #isOf({ uuid }: HqRow, level: AliasLevel): boolean {
    return level === 'any' || Object.hasOwn(this.aliases, uuid) === (level === 'only');
  }
}

function distinct(keys: readonly (readonly string[])[]): string[][] {
  return [...new Set(keys.map((key) => JSON.stringify(key)))].sort().map((key) => JSON.parse(key) as string[]);
}

function byFirst([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b);
}
