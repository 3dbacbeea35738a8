import { randomUUID } from "node:crypto";

/**
 * Generates a UUID that takes 56 bytes. Node puts one together from 20 pieces that all stay in memory until the text is made flat, which
 * is ten times as much: it matters where the id is kept as long as a connection.
 */
export const randomId = (): string => randomUUID().toLowerCase();
