// Package mapped gives out array memory off the Go heap: anonymous, private,
// zeroed pages of the kernel's, which the garbage collector neither scans nor
// counts, and which go back to the system when they are freed.
package mapped
