import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { createTransport, type Transporter } from 'nodemailer';
import { Config } from '../../platform/config/config.js';
import { isLoopbackHost } from '../../platform/config/loopback.js';

const TIMEOUT_MS = 10_000;

/** What the mail of an invitation says. */
export interface InvitationMail {
  readonly to: string;
  readonly account: string;
  readonly link: string;
  readonly expiresAt: Date;
}

/** Sends mail where SMTP_URL is set. */
@Injectable()
export class Mail implements OnModuleDestroy {
  private readonly logger = new Logger(Mail.name);
  private readonly transport: Transporter | null;
  private readonly from: string;

  constructor({ smtp }: Config) {
    this.from = smtp?.from ?? '';
    const limits = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS };
    this.transport =
      smtp === undefined
        ? null
        : createTransport({
            url: smtp.url,
            ...limits,
            // The link of an invitation lets in; `?requireTLS=false` in the URL says otherwise.
            requireTLS: !isLoopbackHost(new URL(smtp.url).hostname),
            disableFileAccess: true,
            disableUrlAccess: true,
          });
  }

  onModuleDestroy(): void {
    this.transport?.close();
  }

  /** Whether the mail server has taken it; null: there is none. */
  async sendInvitation({ to, account, link, expiresAt }: InvitationMail): Promise<boolean | null> {
    if (this.transport === null) return null;
    const name = oneLine(account);
    const text = `You are invited to "${name}" on Muster, as ${to}.\n\nAccept until ${expiresAt.toUTCString()}, once:\n\n${link}\n\nIf you do not know why, do nothing.\n`;
    try {
      await this.transport.sendMail({
        from: { name: 'Muster', address: this.from },
        to: { name: '', address: to },
        subject: `Invitation to ${name}`,
        text,
      });
      return true;
    } catch (error) {
      this.logger.warn({ msg: 'an invitation was not sent', err: error });
      return false;
    }
  }
}

/** A name is a part of a line, and never a line of its own: of a header or of the text. */
function oneLine(name: string): string {
  return name.replaceAll(/[\s\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
