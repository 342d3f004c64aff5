import { useState, type ReactNode } from 'react';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useList } from '../api/lists.js';
import { useProperties } from '../api/properties.js';
import { grantsOf } from '../api/session.js';
import { useSignedIn } from '../app/session-context.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';
import { PageHead } from '../parts/page-title.js';
import { Section } from '../parts/section.js';
import { InvitationDialog } from './invitation-dialog.js';
import { Invitations } from './invitations.js';
import { MemberDialog } from './member-dialog.js';
import { RemoveMember } from './remove-member.js';
import { HeldCell } from './held-cell.js';

type Member = components['schemas']['Member'];

/** Who is in the account, and who is invited. */
export default function MembersView(): ReactNode {
  const session = useSignedIn();
  const canChange = grantsOf(session).has('members:write');
  const { data: properties = [] } = useProperties();
  const [isInviting, setInviting] = useState(false);
  const [changed, setChanged] = useState<Member | null>(null);
  const [removed, setRemoved] = useState<Member | null>(null);
  const members = useList<Member>(['members'], async (cursor, signal) =>
    unwrap(await api.GET('/v1/account/members', { params: { query: { limit: 200, ...cursor } }, signal })),
  );
  return (
    <>
      <PageHead
        title="Members"
        lead="Who signs in to this account, and what each of them may do."
        actions={
          canChange && (
            <button type="button" className="button button-main" onClick={() => setInviting(true)}>
              Invite somebody
            </button>
          )
        }
      />
      <ListFrame
        list={members}
        what="the members"
        empty={<Empty title="Nobody is a member">Invite the first person.</Empty>}
      >
        {(rows) => (
          <DataTable
            label="Members"
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              {
                label: 'Person',
                cell: (member) => <PersonCell member={member} isMe={member.person === session.person.id} />,
              },
              { label: 'May do', cell: (member) => <HeldCell held={member} properties={properties} /> },
              { label: 'Since', cell: ({ created_at }) => <Instant at={created_at} /> },
              ...(canChange
                ? [
                    {
                      label: '',
                      cell: (member: Member) => (
                        <div className="actions">
                          <button type="button" className="button button-small" onClick={() => setChanged(member)}>
                            Change
                          </button>
                          <button
                            type="button"
                            className="button button-small button-bad"
                            onClick={() => setRemoved(member)}
                          >
                            {member.person === session.person.id ? 'Leave' : 'Remove'}
                          </button>
                        </div>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </ListFrame>
      <Section title="Invitations" lead="An invitation holds for seven days and once.">
        <Invitations canChange={canChange} properties={properties} />
      </Section>
      {isInviting && <InvitationDialog properties={properties} onClose={() => setInviting(false)} />}
      {changed && <MemberDialog member={changed} properties={properties} onClose={() => setChanged(null)} />}
      {removed && (
        <RemoveMember member={removed} isMe={removed.person === session.person.id} onClose={() => setRemoved(null)} />
      )}
    </>
  );
}

function PersonCell({ member, isMe }: { readonly member: Member; readonly isMe: boolean }): ReactNode {
  const { name, email } = member;
  return (
    <>
      {name === '' ? email : name} {isMe && <span className="badge">you</span>}
      {name !== '' && <span className="under">{email}</span>}
    </>
  );
}
