import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useQueryClient } from '@tanstack/react-query';
import { unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { SESSION } from '../api/session.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { PropertyFields, type PropertyValues } from './property-fields.js';

/** Makes a property, and opens it. */
export function NewProperty({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [values, setValues] = useState<PropertyValues>({
    name: '',
    slug: '',
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    week_start: 'monday',
  });
  const make = useChange(
    async () => {
      const { name, ...rest } = values;
      return unwrap(await api.POST('/v1/properties', { body: { ...rest, ...(name !== '' && { name }) } }));
    },
    { changes: [] },
  );
  const submit = async (): Promise<void> => {
    const made = await make.mutateAsync();
    await Promise.all([
      client.invalidateQueries({ queryKey: ['properties'] }),
      client.invalidateQueries({ queryKey: SESSION }),
    ]);
    navigate(`/p/${made.slug}/tracker`);
  };
  return (
    <Dialog title="Make a property" onClose={onClose}>
      <ChangeForm
        action="Make it"
        what="No property was made"
        change={make}
        onSubmit={() => void submit().catch(() => undefined)}
        onCancel={onClose}
      >
        <PropertyFields values={values} onChange={setValues} error={make.error} />
      </ChangeForm>
    </Dialog>
  );
}
