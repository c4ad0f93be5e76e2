import { describe, expect, it } from 'vitest';
import { ScramExchange } from './scram-exchange.ts';
import { createCredential, credentialOf, isPasswordOf, isProofOf, serverSignature } from './scram.ts';
import { pbkdf2Sync } from 'node:crypto';

describe('SCRAM', () => {
  it('verifies the proof, and signs the answer, of the example in RFC 7677', () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    const saltedPassword = pbkdf2Sync('pencil', salt, 4_096, 32, 'sha256');
    const credential = credentialOf('SCRAM-SHA-256', saltedPassword, { salt, iterations: 4_096 });
    const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
    const messages = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;
    const proof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64');
    expect(isProofOf('SCRAM-SHA-256', credential, messages, proof)).toBe(true);
    proof[0]! ^= 1;
    expect(isProofOf('SCRAM-SHA-256', credential, messages, proof)).toBe(false);
    expect(serverSignature('SCRAM-SHA-256', credential, messages).toString('base64')).toBe(
      '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
    );
  });

  it('knows a password by what is stored of it', async () => {
    const credential = await createCredential('SCRAM-SHA-512', 'pencil');
    expect(await isPasswordOf('SCRAM-SHA-512', credential, 'pencil')).toBe(true);
    expect(await isPasswordOf('SCRAM-SHA-512', credential, 'Pencil')).toBe(false);
  });

  it.each([
    ['a first message without a nonce', ['n,,n=alice']],
    ['a login on behalf of another user', ['n,a=bob,n=alice,r=abc']],
    ['a delegation token', ['n,,n=alice,r=abc,tokenauth=true']],
    ['a final message with another nonce', ['n,,n=alice,r=abc', 'c=biws,r=abcd,p=AAAA']],
    ['a final message with another header', ['n,,n=alice,r=abc', 'c=eSws,r=NONCE,p=AAAA']],
    ['a proof that is too short', ['n,,n=alice,r=abc', 'c=biws,r=NONCE,p=AAAA']],
  ])('refuses %s', async (_, messages) => {
    const credential = await createCredential('SCRAM-SHA-256', 'pencil');
    const exchange = new ScramExchange('SCRAM-SHA-256', () => credential);
    const run = () => {
      let nonce = '';
      for (const message of messages) {
        const { answer } = exchange.next(Buffer.from(message.replace('NONCE', nonce)));
        nonce = /^r=([^,]+)/.exec(answer.toString())?.[1] ?? '';
      }
    };
    expect(run).toThrow('Authentication failed');
  });
});
