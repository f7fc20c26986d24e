package cli

import (
	"path/filepath"

	"numcomp/comm/rendezvous"
	"numcomp/internal/userkey"
)

// userKey is the key by which this user's ranks know each other, in the file that
// --key-file names or in the user's own, which is made if it is not there.
func (p *process) userKey(o *Options) (rendezvous.HeadKey, error) {
	path := o.KeyFile
	if path == "" {
		config, ok := p.env("XDG_CONFIG_HOME")
		if home, _ := p.env("HOME"); !ok || config == "" {
			if home == "" {
				return rendezvous.HeadKey{}, usagef("--key-file: no folder for the key by which ranks know each other: neither HOME nor XDG_CONFIG_HOME is set").
					withHint("name a file with --key-file, the same for all ranks")
			}
			config = filepath.Join(home, ".config")
		}
		path = filepath.Join(config, "numcomp", "key")
	}
	key, err := userkey.LoadOrCreate(path)
	if err != nil {
		return rendezvous.HeadKey{}, err
	}
	p.tell(o, "key: %s", path)
	return rendezvous.HeadKey(key), nil
}
