import type { ReactNode } from 'react';
import { useMetrics, useNamedMetrics } from '../api/catalogue.js';
import { useProperty } from '../app/property.js';
import { Field } from '../parts/field.js';
import { useBodyField, useForm } from './form-context.js';
import { ParameterInput } from './parameter-input.js';
import { parameterFields } from './parameter-fields.js';
import { withValue } from './request-body.js';

/** What is measured: a metric in its words, and its parameters with their defaults. */
export function MetricSection(): ReactNode {
  const { property } = useProperty();
  const { body, change } = useForm();
  const metric = useBodyField('metric');
  const { data: builtIns = [] } = useMetrics();
  const { data: named = [] } = useNamedMetrics(property.id);
  const chosen =
    named.find(({ name, id }) => [name, id].includes(metric.text)) ?? builtIns.find(({ id }) => id === metric.text);
  const formula = chosen !== undefined && 'formula' in chosen ? chosen.formula : null;
  return (
    <fieldset className="form-part">
      <legend>What is measured</legend>
      <Field label="Metric" error={metric.error} hint={chosen?.description}>
        {(ids) => (
          <select
            {...ids}
            value={metric.text}
            // Parameters of another metric would be refused.
            onChange={(event) =>
              change(withValue(withValue(body, ['params'], undefined), ['metric'], event.target.value))
            }
          >
            {chosen === undefined && <option value={metric.text}>{metric.text}</option>}
            {named.length > 0 && (
              <optgroup label="Named in this property">
                {named.map(({ id, name, title }) => (
                  <option key={id} value={name}>
                    {title === '' ? name : title}
                  </option>
                ))}
              </optgroup>
            )}
            <optgroup label="Built in">
              {builtIns.map(({ id, title }) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </optgroup>
          </select>
        )}
      </Field>
      {formula !== null && (
        <details className="soft">
          <summary>The rule in words</summary>
          <p>{formula}</p>
        </details>
      )}
      {chosen !== undefined && (
        <div className="form-grid">
          {parameterFields(chosen.parameters).map((field) => (
            <ParameterInput key={`${metric.text} ${field.name}`} field={field} />
          ))}
        </div>
      )}
    </fieldset>
  );
}
