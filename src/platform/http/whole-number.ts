import { Transform } from 'class-transformer';

/** A query parameter of decimal digits as a number; everything else stays text, for the validators to refuse (`Number` would take ` 1e3`). */
export function WholeNumber(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
  );
}
