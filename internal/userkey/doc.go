// Package userkey keeps the 32-byte key by which ranks that a user starts by
// hand prove to one another that they are the same user's: a file that only its
// owner can read, made at first use.
package userkey
