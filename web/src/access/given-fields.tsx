import type { ReactNode } from 'react';
import type { Property } from '@muster/client';
import { errorAt } from '../parts/field-errors.js';
import { SelectField } from '../parts/field.js';
import { Icon } from '../parts/icon.js';
import {
  levelOf,
  MODULES,
  ROLE_WORDS,
  ROLES,
  withLevel,
  type Given,
  type Level,
  type Role,
  type RoleIn,
} from './roles.js';

interface Props {
  readonly given: Given;
  readonly onChange: (given: Given) => void;
  readonly error: unknown;
  /** Whether nothing for the whole account can be chosen. */
  readonly mayBeNothing?: boolean;
  /** Where given, roles in single properties can be added. */
  readonly properties?: readonly Property[];
}

const ROLE_OPTIONS = ROLES.map((role) => ({ value: role, label: `${role}: ${ROLE_WORDS[role]}` }));
const LEVELS: readonly { readonly value: Level; readonly label: string }[] = [
  { value: '', label: 'none' },
  { value: 'read', label: 'read' },
  { value: 'write', label: 'write' },
];

/** A role or single grants, and roles in properties beside it. */
export function GivenFields({ given, onChange, error, mayBeNothing = false, properties }: Props): ReactNode {
  return (
    <>
      <SelectField<Given['role']>
        label="May do"
        value={given.role}
        error={errorAt(error, '/role') ?? errorAt(error, '/grants')}
        options={[
          ...(mayBeNothing ? [{ value: '' as const, label: 'Nothing but what stands below' }] : []),
          ...ROLE_OPTIONS,
          { value: 'grants' as const, label: 'Single grants…' },
        ]}
        onChange={(role) => onChange({ ...given, role })}
      />
      {given.role === 'grants' && (
        <fieldset className="fieldset">
          <legend>Grants</legend>
          <div className="grid-fields">
            {MODULES.map((module) => (
              <SelectField<Level>
                key={module}
                label={module}
                value={levelOf(given.grants, module)}
                options={LEVELS}
                onChange={(level) => onChange({ ...given, grants: withLevel(given.grants, module, level) })}
              />
            ))}
          </div>
        </fieldset>
      )}
      {properties && (
        <RolesInProperties
          roles={given.properties}
          properties={properties}
          error={errorAt(error, '/properties')}
          onChange={(roles) => onChange({ ...given, properties: roles })}
        />
      )}
    </>
  );
}

interface RolesProps {
  readonly roles: readonly RoleIn[];
  readonly properties: readonly Property[];
  readonly error: string | undefined;
  readonly onChange: (roles: readonly RoleIn[]) => void;
}

function RolesInProperties({ roles, properties, error, onChange }: RolesProps): ReactNode {
  const free = properties.filter(({ id }) => !roles.some(({ property }) => property === id));
  const next = free[0];
  const replace = (at: number, role: RoleIn): void => onChange(roles.map((one, place) => (place === at ? role : one)));
  return (
    <fieldset className="fieldset">
      <legend>In single properties</legend>
      {roles.length === 0 && <p className="soft">No role of its own in any property.</p>}
      {roles.map((one, at) => (
        <div className="line-fields" key={one.property}>
          <SelectField
            label="Property"
            value={one.property}
            options={properties
              .filter((known) => known.id === one.property || free.includes(known))
              .map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(property) => replace(at, { ...one, property })}
          />
          <SelectField<Role>
            label="Role"
            value={one.role}
            options={ROLES.map((role) => ({ value: role, label: role }))}
            onChange={(role) => replace(at, { ...one, role })}
          />
          <button
            type="button"
            className="icon-button"
            onClick={() => onChange(roles.filter((other) => other !== one))}
          >
            <Icon name="remove" label="Remove this role" />
          </button>
        </div>
      ))}
      {error !== undefined && <p className="field-error">{error}</p>}
      {next !== undefined && (
        <div>
          <button
            type="button"
            className="button button-small"
            onClick={() => onChange([...roles, { property: next.id, role: 'viewer' }])}
          >
            Add a property
          </button>
        </div>
      )}
    </fieldset>
  );
}
