package forge

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// limitedFor is how long to wait where a forge does not say; GitHub asks for a minute at least.
	limitedFor = time.Minute
	// maxLimited bounds what a forge may ask for.
	maxLimited = 2 * time.Hour
)

// said is what the forge said: the status and its message, if there is one that people can read.
func (a *answer) said() string {
	status := strings.TrimSpace(fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)))
	switch message := a.message(); {
	case message == "" || message == http.StatusText(a.status):
		return status
	case strings.HasPrefix(message, strconv.Itoa(a.status)+" "):
		return message
	default:
		return status + ": " + message
	}
}

// message is what an error's body says. All forges answer with a JSON object, in which the text has one of a few names.
func (a *answer) message() string {
	var body struct {
		Message     any    `json:"message"`
		Error       any    `json:"error"`
		Description string `json:"error_description"`
		Errors      any    `json:"errors"`
	}
	if json.Unmarshal(a.body, &body) != nil {
		return ""
	}
	var parts []string
	for _, part := range []any{body.Message, body.Error, body.Description, body.Errors} {
		if text := flat(part); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ": ")
}

// flat writes a value of JSON in a line.
func flat(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, flat(item))
		}
		return strings.Join(all, ", ")
	case map[string]any:
		if field, code := v["field"], v["code"]; field != nil && code != nil && v["message"] == nil {
			return fmt.Sprintf("%v: %v", field, code) // GitHub's way to say that a field is invalid
		}
		if message, ok := v["message"].(string); ok {
			return message
		}
		var all []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			all = append(all, name+": "+flat(v[name]))
		}
		return strings.Join(all, ", ")
	}
	return fmt.Sprint(value)
}

// retryAt is before when no request is welcome, if this is the answer of a forge that has had too many; else zero.
func (a *answer) retryAt(now time.Time) time.Time {
	if !a.limited() {
		return time.Time{}
	}
	at := a.retryAfter(now)
	if at.IsZero() {
		at = a.reset()
	}
	if !at.After(now) {
		at = now.Add(limitedFor)
	}
	if latest := now.Add(maxLimited); at.After(latest) {
		at = latest
	}
	return at
}

// limited tells a rate limit from a missing right: GitHub answers both with 403.
func (a *answer) limited() bool {
	switch a.status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return a.header.Get("Retry-After") != "" || a.header.Get("X-Ratelimit-Remaining") == "0" ||
			strings.Contains(strings.ToLower(a.message()), "rate limit")
	}
	return false
}

// retryAfter reads the header Retry-After, which is seconds or a date.
func (a *answer) retryAfter(now time.Time) time.Time {
	value := a.header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil && seconds >= 0 {
		return now.Add(time.Duration(seconds) * time.Second)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return time.Time{}
	}
	return at
}

// reset reads when the limit ends, in seconds since 1970: GitHub's header, and GitLab's.
func (a *answer) reset() time.Time {
	for _, name := range []string{"X-Ratelimit-Reset", "Ratelimit-Reset"} {
		if seconds, err := strconv.ParseInt(a.header.Get(name), 10, 64); err == nil {
			return time.Unix(seconds, 0)
		}
	}
	return time.Time{}
}
