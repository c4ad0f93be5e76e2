/** What a process that signs up, or sends mail, by calls is started with. */
export interface CallOptions {
  readonly role: 'sign-up' | 'mail';
  readonly databaseUrl: string;
  readonly smtpUrl: string;
  /** Where the mail is requested by HTTP; without it a function sends it. */
  readonly mailUrl?: string;
}
