import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Cohort, components } from '@muster/client';
import { api } from '../api/api.js';
import { cohortKey } from '../api/cohorts.js';
import { useList } from '../api/lists.js';
import { unwrapPage } from '../api/pages.js';
import { useProperty } from '../app/property.js';
import { UserLink } from '../app/user-link.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { TextField } from '../parts/field.js';
import { FileLinks } from '../parts/file-links.js';
import { ListFrame } from '../parts/list-frame.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { useSettled } from '../parts/use-settled.js';

type Member = components['schemas']['CohortMember'];

const PAGE = 100;
const SETTLED_MS = 250;

/** Who is in a cohort, in one of its versions, or who was found by one of its evaluations: page by page, and as files. */
export function MembersPanel({ cohort }: { readonly cohort: Cohort }): ReactNode {
  const { property, at } = useProperty();
  const [typed, setText] = useAddressPart('text');
  const [version] = useAddressPart('version');
  const [evaluation] = useAddressPart('evaluation');
  const text = useSettled(typed, SETTLED_MS);
  const of = evaluation === '' ? 'members' : `evaluations/${encodeURIComponent(evaluation)}/members`;
  const chosen = { ...(text !== '' && { text }), ...(evaluation === '' && version !== '' && { version }) };
  const list = useList<Member>(
    [...cohortKey(property.id, cohort.id), 'members', evaluation, version, text],
    async (cursor, signal) => {
      const path = { property: property.id, cohort: cohort.id };
      const query = { limit: PAGE, ...(text !== '' && { text }), ...cursor };
      if (evaluation !== '') {
        const params = { path: { ...path, id: evaluation }, query };
        return unwrapPage(
          await api.GET('/v1/properties/{property}/cohorts/{cohort}/evaluations/{id}/members', { params, signal }),
        );
      }
      const params = { path, query: { ...query, ...(version !== '' && { version: Number(version) }) } };
      return unwrapPage(await api.GET('/v1/properties/{property}/cohorts/{cohort}/members', { params, signal }));
    },
  );
  const isNeverEvaluated =
    cohort.kind !== 'static' && cohort.evaluation === null && version === '' && evaluation === '';
  if (isNeverEvaluated) {
    return (
      <Empty title="Nobody was looked for yet">
        Who is in a {cohort.kind} is found by an evaluation: <em>Evaluate now</em>, at the top.
      </Empty>
    );
  }
  return (
    <>
      {(version !== '' || evaluation !== '') && (
        <p className="row note">
          <span>{evaluation === '' ? `Members of version ${version}.` : `Found by the evaluation ${evaluation}.`}</span>
          <Link className="button button-small" href={`${at(`cohorts/${cohort.id}`)}?panel=members`}>
            Show those of now
          </Link>
        </p>
      )}
      <search className="filters">
        <TextField
          label="Search members"
          type="search"
          placeholder="A part of the id"
          value={typed}
          onChange={setText}
        />
      </search>
      <FileLinks
        label={text === '' ? 'All of them as a file' : 'All that fit as a file'}
        href={`/v1/properties/${property.id}/cohorts/${cohort.id}/${of}`}
        query={chosen}
      />
      <ListFrame
        list={list}
        what="the members"
        empty={
          <Empty title={text === '' ? 'Nobody is in it' : 'No member fits'}>
            {text === '' ? 'A wider rule, or other users, change that.' : 'Another part of the id finds more.'}
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            label="Members"
            rows={rows}
            keyOf={({ user }) => user}
            columns={[{ label: 'User', cell: ({ user }) => <UserLink user={user} /> }]}
          />
        )}
      </ListFrame>
    </>
  );
}
