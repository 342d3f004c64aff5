import { createContext, useContext, type ReactNode } from 'react';
import { pointerOf, valueAt, withValue, type Path, type RequestBody } from './request-body.js';

/** What is wrong in a body: where, and why. */
export interface PlacedError {
  readonly pointer: string;
  readonly detail: string;
}

interface Form {
  readonly body: RequestBody;
  readonly change: (body: RequestBody) => void;
  readonly errors: readonly PlacedError[];
}

const Context = createContext<Form | null>(null);

export function FormProvider(props: { readonly value: Form; readonly children: ReactNode }): ReactNode {
  return <Context value={props.value}>{props.children}</Context>;
}

export function useForm(): Form {
  const form = useContext(Context);
  if (form === null) throw new Error('The field stands outside of a form');
  return form;
}

interface BodyField {
  readonly value: unknown;
  readonly text: string;
  /** Of the field itself, or of what is inside of it. */
  readonly error: string | undefined;
  readonly set: (value: unknown) => void;
  /** An empty text takes the member out. */
  readonly setText: (text: string) => void;
}

/** A member of the body, with what is wrong with it. */
export function useBodyField(...path: Path): BodyField {
  const { body, change, errors } = useForm();
  const value = valueAt(body, path);
  const pointer = pointerOf(path);
  const error = errors.find((one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`));
  const set = (next: unknown): void => change(withValue(body, path, next));
  return {
    value,
    text: typeof value === 'string' ? value : '',
    error: error?.detail,
    set,
    setText: (text) => set(text === '' ? undefined : text),
  };
}
