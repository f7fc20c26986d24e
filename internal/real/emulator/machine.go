package emulator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// What the machine is made of: see internal/tools/deps.sh.
const (
	kernelPath = "/usr/local/lib/numcomp-emulator/vmlinuz"
	isolinux   = "/usr/lib/ISOLINUX/isolinux.bin"
	ldlinux    = "/usr/lib/syslinux/modules/bios/ldlinux.c32"
	bios       = "/usr/share/bochs/BIOS-bochs-latest"
	videoBIOS  = "/usr/share/vgabios/vgabios.bin"
)

// kernelLine is what the kernel is told: no device beyond what tests need, no
// tests of its own, which take a third of a start, and none of the compact forms of
// saved registers, whose size Bochs 2.7 tells wrong: the kernel would use no vectors
// at all. A restart by a triple fault, which is how Bochs is told to end.
const kernelLine = "console=ttyS0,115200 quiet nokaslr mitigations=off acpi=off pci=off noapic nolapic nosmp " +
	"cryptomgr.notests init_on_alloc=0 lpj=4000000 tsc=reliable clearcpuid=xsavec,xsaves panic=-1 reboot=t"

// bochsLines are Bochs' configuration; %[1]s is the folder. Time passes
// inside by instructions a second, %[3]d.
const bochsLines = `megs: 512
romimage: file=` + bios + `
vgaromimage: file=` + videoBIOS + `
cpu: model=%[2]s, count=1, ips=%[3]d, reset_on_triple_fault=0
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=%[1]s/boot.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=%[1]s/serial
display_library: term
log: %[1]s/bochs.log
panic: action=fatal
error: action=ignore
info: action=ignore
`

// machine is an emulated processor and what it boots.
type machine struct {
	dir   string // of its files
	model string // of the processor, as Bochs calls it
	files *bytes.Buffer
}

// run boots the machine and returns what it wrote to its serial port until it
// ended, or until the context did: then it is ended.
func (m *machine) run(ctx context.Context) (string, error) {
	if err := m.write(); err != nil {
		return "", err
	}
	controller, terminal, err := openTerminal()
	if err != nil {
		return "", err
	}
	defer controller.Close()
	// The debugger in Debian's Bochs waits for the word to continue.
	c := exec.CommandContext(ctx, "bochs", "-q", "-f", m.path("bochsrc"), "-rc", m.path("continue"))
	c.Env = append(os.Environ(), "TERM=linux")
	c.Stdin, c.Stdout, c.Stderr = terminal, terminal, terminal
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
	err = c.Start()
	terminal.Close()
	if err != nil {
		return "", err
	}
	screen := make(chan string)
	go func() {
		var b bytes.Buffer
		b.ReadFrom(controller) // ends with an error when the terminal has no user left
		screen <- b.String()
	}()
	// A fault ends Bochs, with a status of 1: that says nothing.
	err = c.Wait()
	shown := <-screen
	serial, readErr := os.ReadFile(m.path("serial"))
	if err := ctx.Err(); err != nil {
		return string(serial), fmt.Errorf("the machine did not end: %w", err)
	}
	if readErr != nil {
		return "", fmt.Errorf("bochs: %w, no serial port: %w\n%s", err, readErr, shown)
	}
	return string(serial), nil
}

func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

// write writes what Bochs reads: its configuration and a CD to boot from.
func (m *machine) write() error {
	err := os.Mkdir(m.path("iso"), 0o755)
	for to, from := range map[string]string{"vmlinuz": kernelPath, "isolinux.bin": isolinux, "ldlinux.c32": ldlinux} {
		data, readErr := os.ReadFile(from)
		err = errors.Join(err, readErr, os.WriteFile(m.path("iso/"+to), data, 0o644))
	}
	for to, data := range map[string]string{
		"iso/initrd":       m.files.String(),
		"iso/isolinux.cfg": "DEFAULT tests\nPROMPT 0\nLABEL tests\n KERNEL /vmlinuz\n INITRD /initrd\n APPEND " + kernelLine + "\n",
		"bochsrc":          fmt.Sprintf(bochsLines, m.dir, m.model, 200_000_000),
		"continue":         "c\n",
	} {
		err = errors.Join(err, os.WriteFile(m.path(to), []byte(data), 0o644))
	}
	if err != nil {
		return err
	}
	xorriso := exec.Command("xorriso", "-as", "mkisofs", "-quiet", "-o", m.path("boot.iso"), "-b", "isolinux.bin", "-c", "boot.cat",
		"-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", m.path("iso"))
	if out, err := xorriso.CombinedOutput(); err != nil {
		return fmt.Errorf("xorriso: %w\n%s", err, out)
	}
	return nil
}

// openTerminal opens a terminal for a program, which Bochs wants, and its other end.
func openTerminal() (controller, terminal *os.File, err error) {
	controller, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	n, err := unix.IoctlGetInt(int(controller.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(controller.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		terminal, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		controller.Close()
		return nil, nil, err
	}
	return controller, terminal, nil
}
