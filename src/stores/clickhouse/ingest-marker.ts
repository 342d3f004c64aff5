/** Marks the insert of a batch, so that it can be found and stopped when the process that sent it is gone. */
export function ingestMarker(propertyNumber: number, seq: number): string {
  return `ingest:${propertyNumber}:${seq}`;
}
