import type { CollectBody } from '../core/collect/collect-body.js';
import type { PropertyEntity } from '../properties/property.entity.js';

/** What a call tells of who sends it, beside the body. */
export interface Sending {
  readonly agent: string | undefined;
  /** Of the address, cut to /24 or /48. */
  readonly network: string | null;
  /** As a proxy tells it; null: none does. */
  readonly country: string | null;
  readonly hasGpc: boolean;
  readonly hasDnt: boolean;
}

/** A body, by the key that it was sent with. */
export interface Hit {
  readonly property: PropertyEntity;
  readonly apiKeyId: string;
  /** Of the property, as it was read with the key. */
  readonly revision: string;
  readonly body: CollectBody;
  readonly receivedMs: number;
  readonly sending: Sending;
}
