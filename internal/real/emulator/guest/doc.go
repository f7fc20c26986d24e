// Command guest is the first and only service of the emulated machine: it runs
// the programs that /programs lists, a line each, tells on the serial port how
// each ended, and ends the machine.
package main
