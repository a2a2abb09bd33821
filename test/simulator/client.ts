import type { Actor as Person } from '#contracts/identity';
import type { RoomAnswer, RoomCall } from '#platform/http';
import type { Answered } from '../invariants/witness.ts';
import type { Actor } from './actor.ts';
import type { World } from './world.ts';
import { answerAt, ConnectionBroken, type RoomOf, tokenOf } from './world-http.ts';

/** Nobody knows what became of the request. */
export class Unknown extends Error {
  override name = 'Unknown';
}

const TIMEOUT_MS = 2_000;

/** One request over a network that loses requests and answers. Throws Unknown where there was no answer. */
export async function send(world: World, from: Actor, room: RoomOf, call: RoomCall): Promise<RoomAnswer<unknown>> {
  const { scheduler } = from;
  await scheduler.sleep(from, world.faults.random.between(0.1, 2));
  const target = world.house.processOf(room);
  if (!target) world.faults.metNobody();
  if (!target || world.faults.strikes('request lost')) {
    await scheduler.sleep(from, TIMEOUT_MS);
    throw new Unknown(`No answer of ${room}`);
  }
  try {
    const answer = await answerAt(target.place, target.actor, call);
    // Whatever strikes, an unforeseen error is one: what is away is said to be away.
    if (answer.status === 500 || (answer.status > 500 && !world.faults.excuseFailures)) {
      world.ledger.unexplained.push(`${call.method} ${call.path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    if (!world.faults.strikes('answer lost')) return answer;
    await scheduler.sleep(from, TIMEOUT_MS);
    throw new Unknown(`The answer of ${room} was lost`);
  } catch (error) {
    if (error instanceof ConnectionBroken) throw new Unknown(error.message);
    throw error;
  }
}

export interface Command {
  room: 'orders' | 'mes';
  name: Answered['name'];
  path: string;
  body: { commandId: string; version?: number };
  /** The operation's or the order's; null when placing. */
  subjectId: string | null;
}

interface Answer {
  orderId?: string;
  operationId?: string;
  version: number;
  repeated?: boolean;
}

const MOST_TRIES = 6;

/** A person at a screen: asks until there is an answer, always by the same command id, and writes down what was promised. */
export class Client {
  readonly actor: Actor;
  readonly person: Person;
  readonly #world: World;

  constructor(world: World, actor: Actor, person: Person) {
    this.#world = world;
    this.actor = actor;
    this.person = person;
  }

  /** Null where no answer came, or one of the server's failures. */
  async ask<T>(room: RoomOf, method: RoomCall['method'], path: string, body?: object): Promise<RoomAnswer<T> | null> {
    const call = { method, path, actorToken: tokenOf(this.person), ...(body && { body }) };
    try {
      const answer = await send(this.#world, this.actor, room, call);
      return answer.status >= 500 ? null : (answer as RoomAnswer<T>);
    } catch (error) {
      if (error instanceof Unknown) return null;
      throw error;
    }
  }

  /** The answer, or null when it was refused or nobody ever said. */
  async command(command: Command): Promise<Answer | null> {
    const { faults } = this.#world;
    if (faults.strikes('command sent twice at once')) {
      const [first, second] = await Promise.all([this.#insist(command), this.#insist(command)]);
      return first ?? second;
    }
    const answer = await this.#insist(command);
    if (answer && faults.strikes('command repeated')) {
      await this.actor.scheduler.sleep(this.actor, faults.random.between(0, 5_000));
      await this.#insist(command);
    }
    return answer;
  }

  async #insist(command: Command): Promise<Answer | null> {
    const { room, path, body } = command;
    for (let tried = 0; tried < MOST_TRIES; tried += 1) {
      const answer = await this.ask<Answer>(
        command.name === 'pack' || command.name === 'ship' ? 'mes' : room,
        'POST',
        path,
        body,
      );
      if (answer && answer.status >= 400) return null;
      if (answer) {
        this.#writeDown(command, answer.body);
        return answer.body;
      }
      await this.actor.scheduler.sleep(this.actor, 200 * 2 ** tried);
    }
    return null;
  }

  #writeDown({ room, name, body, subjectId }: Command, { repeated: _, ...answer }: Answer): void {
    this.#world.ledger.answers.push({
      room,
      name,
      commandId: body.commandId,
      actorId: this.person.id,
      subjectId: subjectId ?? answer.orderId!,
      sentVersion: room === 'orders' && name !== 'place' ? body.version! : null,
      version: answer.version,
      text: JSON.stringify(Object.entries(answer).sort()),
    });
  }
}
