package rendezvous

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"time"
)

const (
	resolveBound  = 5 * time.Second
	scontrolBound = 15 * time.Second
)

// SlurmAddrs finds the addresses of a node: by its name, else, since a name in
// Slurm need not be one of the network, by what `scontrol show node` says.
// environ is for the command.
func SlurmAddrs(ctx context.Context, name string, environ []string) ([]netip.Addr, error) {
	addrs, unknown := lookup(ctx, name)
	if unknown == nil {
		return addrs, nil
	}
	at, err := persist(ctx, func() (string, error) { return slurmNodeAddr(ctx, name, environ) })
	if err == nil && at != name {
		if addrs, err = lookup(ctx, at); err == nil {
			return addrs, nil
		}
	}
	if err == nil {
		err = errors.New("what scontrol show node tells is the same name")
	}
	todo := "set NodeAddr in slurm.conf"
	if errors.Is(err, exec.ErrNotFound) {
		todo = "add the folder of Slurm's commands to PATH"
	}
	return nil, fmt.Errorf("%s does not resolve (%w), and %w: %s, or add --head HOST:PORT", name, unknown, err, todo)
}

func lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{a.Unmap()}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, resolveBound)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, err
}

func slurmNodeAddr(ctx context.Context, name string, environ []string) (string, error) {
	if strings.HasPrefix(name, "-") {
		return "", fmt.Errorf("%q is no name of a node", name)
	}
	ctx, cancel := context.WithTimeout(ctx, scontrolBound)
	defer cancel()
	cmd := exec.CommandContext(ctx, "scontrol", "show", "node", name, "--oneliner")
	cmd.Env = environ
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if text := strings.TrimSpace(stderr.String()); text != "" {
			err = fmt.Errorf("%w: %s", err, text[:min(len(text), 200)])
		}
		return "", fmt.Errorf("scontrol show node %s: %w", name, err)
	}
	for _, field := range strings.Fields(stdout.String()) {
		if at, ok := strings.CutPrefix(field, "NodeAddr="); ok && at != "" {
			return at, nil
		}
	}
	return "", fmt.Errorf("scontrol show node %s tells no NodeAddr", name)
}
