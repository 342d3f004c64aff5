import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useProperty } from './property.js';

/** The id of a user, which leads to what is known of him for who may see that. */
export function UserLink({ user }: { readonly user: string }): ReactNode {
  const { grants, at } = useProperty();
  if (!grants.has('users:read') || !grants.has('people:read')) return user;
  return <Link href={`${at('users')}?user=${encodeURIComponent(user)}`}>{user}</Link>;
}
