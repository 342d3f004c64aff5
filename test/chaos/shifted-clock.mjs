// Loaded before the program: its clock is CHAOS_CLOCK_SHIFT_MS ahead, from CHAOS_CLOCK_AFTER_MS after the start on.
const shiftMs = Number(process.env['CHAOS_CLOCK_SHIFT_MS'] ?? 0);
const afterMs = Number(process.env['CHAOS_CLOCK_AFTER_MS'] ?? 0);
const RealDate = Date;

function nowMs() {
  return RealDate.now() + (performance.now() >= afterMs ? shiftMs : 0);
}

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(nowMs());
    else super(...parts);
  }

  static now() {
    return nowMs();
  }
};
