import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useQueryClient } from '@tanstack/react-query';
import { unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { Facts } from '../parts/facts.js';
import { Instant } from '../parts/instant.js';
import { PageHead } from '../parts/page-title.js';
import { Section } from '../parts/section.js';
import { formatCount } from '../text/format.js';
import { DeleteProperty } from './delete-property.js';
import { dayOf, PropertyFields, type PropertyValues } from './property-fields.js';
import { RefusedUsers } from './refused-users.js';
import { StorageOfProperty } from './storage-of-property.js';

/** What a property is called and by which calendar it goes, what it stores, and how it ends. */
export default function SettingsView(): ReactNode {
  const { property, grants } = useProperty();
  const canChange = grants.has('property:write');
  return (
    <>
      <PageHead title="Settings" lead={`Of ${property.name}.`} />
      <Facts
        facts={[
          ['Id', <code key="id">{property.id}</code>],
          ['Time zone', property.time_zone],
          ['Week begins on', property.week_start],
          ['Data version', formatCount(property.data_version)],
          ['Made', <Instant key="made" at={property.created_at} zone={property.time_zone} />],
        ]}
      />
      {canChange ? (
        <Section title="Name and calendar" lead="Stored answers have theirs written down, and stay as they are.">
          <ChangeProperty key={property.id} />
        </Section>
      ) : (
        <p className="note">Changing them needs the grant property:write, which you do not hold here.</p>
      )}
      <Section title="Stored">
        <StorageOfProperty id={property.id} />
      </Section>
      {grants.has('users:read') && grants.has('people:read') && (
        <Section
          title="Refused users"
          lead="Ids that stand for nobody, such as undefined: rows that name one are refused."
        >
          <RefusedUsers />
        </Section>
      )}
      {canChange && <Ends />}
    </>
  );
}

function ChangeProperty(): ReactNode {
  const { property } = useProperty();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [values, setValues] = useState<PropertyValues>({
    name: property.name,
    slug: property.slug,
    time_zone: property.time_zone,
    week_start: dayOf(property.week_start),
  });
  const change = useChange(
    async () =>
      unwrap(
        await api.PATCH('/v1/properties/{property}', {
          params: { path: { property: property.id }, header: { 'if-match': `"${property.version}"` } },
          body: values,
        }),
      ),
    { changes: [] },
  );
  const submit = async (): Promise<void> => {
    const { slug } = await change.mutateAsync();
    await client.invalidateQueries({ queryKey: ['properties'] });
    if (slug !== property.slug) navigate(`/p/${slug}/settings`, { replace: true });
  };
  return (
    <div className="narrow-form stack">
      <ChangeForm
        action="Save"
        what="Nothing was changed"
        change={change}
        onSubmit={() => void submit().catch(() => undefined)}
      >
        <PropertyFields values={values} onChange={setValues} error={change.error} />
      </ChangeForm>
      {change.isSuccess && (
        <p className="note" role="status">
          Saved.
        </p>
      )}
    </div>
  );
}

function Ends(): ReactNode {
  const { property } = useProperty();
  const [, navigate] = useLocation();
  const [open, setOpen] = useState<'archive' | 'delete' | null>(null);
  const leave = (): void => navigate('/account/properties');
  const archive = useChange(
    async () =>
      unwrap(await api.POST('/v1/properties/{property}/archive', { params: { path: { property: property.id } } })),
    { changes: [['properties']], onDone: leave },
  );
  return (
    <Section title="Put away or delete">
      <div className="row">
        <button type="button" className="button" onClick={() => setOpen('archive')}>
          Put away…
        </button>
        <button type="button" className="button button-bad" onClick={() => setOpen('delete')}>
          Delete…
        </button>
      </div>
      {open === 'archive' && (
        <ConfirmDialog
          title={`Put ${property.name} away`}
          action="Put it away"
          isBad={false}
          change={archive}
          onConfirm={() => archive.mutate()}
          onClose={() => setOpen(null)}
        >
          <p>
            It is left out of lists, and whoever sends to it is refused. Everything in it can be read, and it can be
            taken back.
          </p>
        </ConfirmDialog>
      )}
      {open === 'delete' && <DeleteProperty property={property} onDone={leave} onClose={() => setOpen(null)} />}
    </Section>
  );
}
