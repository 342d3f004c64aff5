import { usePropertySchema } from '../api/catalogue.js';
import { useProperty } from '../app/property.js';
import { fittingNames } from './completion.js';

const MOST_PROPOSALS = 12;

/** Names that the property has, for proposals. */
export interface KnownNames {
  readonly events: readonly string[];
  /** Of the properties of these events; of all where none is named. */
  readonly propertiesOf: (events: readonly string[]) => readonly string[];
  readonly traits: readonly string[];
}

export function useKnownNames(): KnownNames {
  const { property, grants } = useProperty();
  const { data: schema } = usePropertySchema(property.id, grants.has('events:read'));
  return {
    events: schema?.events.map(({ name }) => name) ?? [],
    propertiesOf: (events) => {
      const among = schema?.events.filter(({ name }) => events.length === 0 || events.includes(name)) ?? [];
      return [...new Set(among.flatMap(({ properties }) => properties.map(({ name }) => name)))].sort();
    },
    traits: schema?.traits.map(({ name }) => name) ?? [],
  };
}

/** Proposals for the last of several names with commas between them. */
export function proposeLast(names: readonly string[]): (text: string) => readonly string[] {
  return (text) => {
    const parts = text.split(',');
    const typed = parts.at(-1)?.trim() ?? '';
    return fittingNames(names, names.includes(typed) ? '' : typed, MOST_PROPOSALS);
  };
}

/** The text with the last of its names completed. */
export function takeLast(text: string, _caret: number, name: string): string {
  const parts = text.split(',').map((part) => part.trim());
  return [...parts.slice(0, -1), name].join(', ');
}

/** Proposals for one name. */
export function propose(names: readonly string[]): (text: string) => readonly string[] {
  return (text) => fittingNames(names, names.includes(text) ? '' : text, MOST_PROPOSALS);
}
