package controlplane

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"
)

// A Request is one request that the API server has answered, or, for a watch,
// begun to answer. Requests of the control plane's own components are left out;
// see audit_policy.yaml.
type Request struct {
	Time        time.Time // when it was received
	User        string
	UserAgent   string
	Verb        string // get, list, watch, create, update, patch, delete, …
	Group       string // the API group; "" is the core group
	Resource    string
	Subresource string
	Namespace   string
	Name        string
	URI         string
	Code        int // the HTTP status
}

// Requests are the requests that were received at or after since, in the order
// in which they were answered. A request whose answer has arrived is included.
func (c *ControlPlane) Requests(since time.Time) ([]Request, error) {
	log, err := os.Open(c.auditLog())
	if err != nil {
		return nil, doing("opening the audit log", err)
	}
	defer log.Close()
	requests, err := readRequests(log, since)
	return requests, doing("reading the audit log", err)
}

func (c *ControlPlane) auditLog() string { return c.credentials.path("audit.log") }

// An auditEvent is what is read of one line of the log; the API's own type is
// in a module that this one would need for nothing else.
type auditEvent struct {
	AuditID   string    `json:"auditID"`
	Time      time.Time `json:"requestReceivedTimestamp"`
	URI       string    `json:"requestURI"`
	Verb      string    `json:"verb"`
	UserAgent string    `json:"userAgent"`
	User      struct {
		Username string `json:"username"`
	} `json:"user"`
	Object struct {
		Group       string `json:"apiGroup"`
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	Response struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
}

func (e auditEvent) request() Request {
	return Request{
		Time: e.Time, User: e.User.Username, UserAgent: e.UserAgent, Verb: e.Verb,
		Group: e.Object.Group, Resource: e.Object.Resource, Subresource: e.Object.Subresource,
		Namespace: e.Object.Namespace, Name: e.Object.Name, URI: e.URI, Code: e.Response.Code,
	}
}

// readRequests reads an audit log. A watch is in it twice, when it begins and
// when it ends, and counts once.
func readRequests(log io.Reader, since time.Time) ([]Request, error) {
	since = since.Truncate(time.Microsecond) // as precise as the log
	var requests []Request
	seen := map[string]bool{}
	lines := bufio.NewReader(log)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return requests, nil // what has no newline yet is still being written
		}
		if err != nil {
			return nil, err
		}
		var event auditEvent
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, err
		}
		if event.Time.Before(since) || seen[event.AuditID] {
			continue
		}
		seen[event.AuditID] = true
		requests = append(requests, event.request())
	}
}
