import type { components } from '@muster/client';
import { linesOf } from '../text/lines.js';

type Settings = components['schemas']['ActiveUsersSettings'];

/** The settings of active users as they stand in fields. */
export interface ActiveFields {
  readonly events: string;
  readonly where: string;
  readonly windows: string;
  readonly hasPresence: boolean;
  readonly from: string;
  readonly to: string;
  readonly session: string;
  readonly max: string;
  readonly exclude: string;
  readonly every: string;
}

export function fieldsOf({ activity, windows, presence, exclude, every }: Settings): ActiveFields {
  return {
    events: namesOf(activity?.event).join('\n'),
    where: jsonText(activity?.where),
    windows: (windows ?? []).join('\n'),
    hasPresence: presence !== null && presence !== undefined,
    from: namesOf(presence?.from).join(', '),
    to: namesOf(presence?.to).join(', '),
    session: presence?.session ?? '',
    max: presence?.max ?? '',
    exclude: jsonText(exclude),
    every: every ?? '',
  };
}

/** The body that replaces the settings; what is empty has its default. Text that is no JSON goes as it is: the service says so. */
export function bodyOf(fields: ActiveFields): object {
  const events = linesOf(fields.events);
  const where = jsonOf(fields.where);
  const windows = linesOf(fields.windows);
  const exclude = jsonOf(fields.exclude);
  return {
    activity:
      events.length === 0 && where === null
        ? null
        : { ...(events.length > 0 && { event: events }), ...(where !== null && { where }) },
    ...(windows.length > 0 && { windows }),
    presence: fields.hasPresence
      ? {
          from: listOf(fields.from),
          to: listOf(fields.to),
          ...(fields.session !== '' && { session: fields.session }),
          ...(fields.max !== '' && { max: fields.max }),
        }
      : null,
    exclude,
    ...(fields.every !== '' && { every: fields.every }),
  };
}

function namesOf(names: string | readonly string[] | null | undefined): readonly string[] {
  if (names === null || names === undefined) return [];
  return typeof names === 'string' ? [names] : names;
}

function listOf(text: string): string[] {
  return linesOf(text.replaceAll(',', '\n'));
}

function jsonText(value: unknown): string {
  return value === null || value === undefined ? '' : JSON.stringify(value);
}

function jsonOf(text: string): unknown {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
