/** Whether a request may give the parameter, and what holds where it does not. */
export type Mode = 'open' | 'default' | 'fixed';

export interface Parameter {
  readonly name: string;
  readonly description: string;
  /** Whether a request that does not give it is refused. */
  readonly isRequired: boolean;
  /** What holds in the built-in, as it would be typed; empty where there is none. */
  readonly standard: string;
}

export interface Choice {
  readonly mode: Mode;
  readonly text: string;
}

export type Choices = Readonly<Record<string, Choice>>;

interface Schema {
  readonly properties?: Readonly<Record<string, { readonly description?: string; readonly default?: unknown }>>;
  readonly required?: readonly string[];
}

/** The parameters of a built-in metric, of its JSON Schema. */
export function parametersOf(schema: Schema): readonly Parameter[] {
  return Object.entries(schema.properties ?? {}).map(([name, { description = '', default: standard }]) => ({
    name,
    description,
    isRequired: schema.required?.includes(name) === true,
    standard: standard === undefined ? '' : typedText(standard),
  }));
}

/** A value as it is typed: a text as it is, unless it would be read as something else; anything else as JSON. */
export function typedText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return typedValue(value) === value ? value : JSON.stringify(value);
}

/** What is meant by what was typed: JSON where it is that, else a text. */
export function typedValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The parameters of one mode with their values, for the body of a named metric. */
export function valuesOf(choices: Choices, mode: Mode): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(choices).flatMap(([name, choice]) =>
      choice.mode === mode ? [[name, typedValue(choice.text.trim())]] : [],
    ),
  );
}

/** What was chosen in a named metric. */
export function choicesFrom(
  fixed: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
): Choices {
  const of = (values: Readonly<Record<string, unknown>>, mode: Mode): [string, Choice][] =>
    Object.entries(values).map(([name, value]) => [name, { mode, text: typedText(value) }]);
  return Object.fromEntries([...of(fixed, 'fixed'), ...of(defaults, 'default')]);
}
