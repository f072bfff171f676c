package environments

import (
	"regexp"
	"slices"
	"strings"
)

// gatewayPath is a path prefix as the Gateway API takes it. Beside it the path must not hold what a proxy
// might read in another way: //, /./, /../ or an escaped slash.
// https://gateway-api.sigs.k8s.io/reference/spec/#httppathmatch
var gatewayPath = regexp.MustCompile(`^/([-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*$`)

// pathPrefix checks the path of a route.
func (c *specCheck) pathPrefix(prefix string) {
	if prefix == "" {
		return
	}
	steps := strings.Split(prefix, "/")
	if !gatewayPath.MatchString(prefix) || strings.Contains(prefix, "//") || strings.Contains(strings.ToLower(prefix), "%2f") ||
		slices.Contains(steps, ".") || slices.Contains(steps, "..") {
		c.invalid("spec.exposure.route.pathPrefix", "write it as in /llama, without a query and without empty steps",
			"expected a path as a Gateway takes it, found %s", foundString(nil, withoutQuery(prefix)))
	}
}
