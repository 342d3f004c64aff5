import type { ReactNode } from 'react';
import { useSignedIn } from '../app/session-context.js';
import { Facts } from '../parts/facts.js';
import { Instant } from '../parts/instant.js';
import { PageHead } from '../parts/page-title.js';
import { Section } from '../parts/section.js';
import { ChangePassword } from './change-password.js';
import { Identities } from './identities.js';
import { Sessions } from './sessions.js';

/** What is of the person alone: sessions, password, and who else signs him in. */
export default function YouView(): ReactNode {
  const { person, ends_at, accounts, account } = useSignedIn();
  const here = accounts.find((one) => one.account === account);
  return (
    <>
      <PageHead title="You" lead="How you sign in, and where you are signed in." />
      <Facts
        facts={[
          ['Name', person.name === '' ? 'not given' : person.name],
          ['Address', person.email],
          ['Account', `${here?.name ?? account}${here?.role ? `, as ${here.role}` : ''}`],
          ['This session ends', <Instant key="end" at={ends_at} />],
        ]}
      />
      <Section title="Sessions" lead="Where you are signed in. A session that you do not know was somebody else.">
        <Sessions />
      </Section>
      <Section title="Password">
        <ChangePassword />
      </Section>
      <Section title="Linked identities" lead="Providers by which you sign in.">
        <Identities />
      </Section>
    </>
  );
}
