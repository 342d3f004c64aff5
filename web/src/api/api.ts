import { createApi } from '@muster/client';

/** Every route of the service that has sent this page, called by the session of who has signed in. */
export const api = createApi({ url: window.location.origin });
