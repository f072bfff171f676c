package main

import (
	"fmt"

	"github.com/penstock-dev/penstock/agent/forge"
	"github.com/penstock-dev/penstock/agent/source"
)

// forAgent is where an agent opens pull requests; nil without a file with a token, which may be there later.
func (f *forgeFlags) forAgent(followed source.Config) (*forge.Config, error) {
	if f.tokenFile == "" {
		if f.kind != "" {
			return nil, fmt.Errorf("--forge %s: there is no token; give --token-file", f.kind)
		}
		return nil, nil
	}
	config, err := f.config(followed.URL)
	if err != nil {
		return nil, fmt.Errorf("which forge it is, %s does not tell: %w; give --forge and, if it is not at that host, --forge-url", followed.URL, err)
	}
	auth, err := source.LoadAuth(followed.AuthDir) // a forge of one's own mostly has the certificate of its Git server
	if err != nil {
		return nil, err
	}
	config.CA, config.TokenFile, config.AllowInsecure = auth.CA, f.tokenFile, followed.AllowInsecure
	return &config, nil
}
