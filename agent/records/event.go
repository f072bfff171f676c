package records

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/environments/problem"
)

const (
	// MaxBytes bounds the file of a fact.
	MaxBytes = 256 << 10

	specVersion  = "1.0"
	contentType  = "application/json"
	sourcePrefix = "/penstock/environments/"
	timeLayout   = "2006-01-02T15:04:05.000Z"
)

// event is a fact as its file has it: a CloudEvent in structured mode. The order of the fields is that of the bytes.
type event struct {
	// SpecVersion is that of CloudEvents: 1.0.
	SpecVersion string `json:"specversion"`
	// ID is the same whenever the same thing is told again: 32 hex digits.
	ID string `json:"id"`
	// Source is /penstock/environments/ and the environment's name.
	Source string `json:"source"`
	// Type is dev.penstock.record. and the kind in lower case, then the version of this schema, as in
	// dev.penstock.record.applied.v1.
	Type string `json:"type"`
	// Subject is the unit, as in prod/llama-3-8b, or the environment.
	Subject string `json:"subject"`
	// Time is when, by the clock of the agent, in UTC and with milliseconds. It is never before that of the fact before.
	Time string `json:"time"`
	// DataContentType is application/json.
	DataContentType string `json:"datacontenttype"`
	// Sequence is the number of the fact in its environment, from 1 and without gaps, in nine digits so that it also
	// sorts as text.
	Sequence string `json:"sequence"`
	// Previous is the digest of the file with the fact before, as sha256:…; absent in the first.
	Previous string `json:"previous,omitempty"`
	// Data is what there is to tell.
	Data Data `json:"data"`
}

// Digest identifies the bytes of a fact's file: sha256: and the hash in hex.
func Digest(file []byte) string {
	sum := sha256.Sum256(file)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Marshal is the file of a fact, which Unmarshal reads as the same. A fact that breaks a rule of the schema or is larger
// than MaxBytes is refused: see Bounded.
func (f Fact) Marshal() ([]byte, error) {
	if problems := f.check(); len(problems) > 0 {
		return nil, fmt.Errorf("write the fact %s of %s: %w", f.ID, f.Unit(), problems)
	}
	data, err := f.encode()
	if err == nil {
		if found := checkText("", data); found != nil {
			err = problem.List{*found}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("write the fact %s of %s: %w", f.ID, f.Unit(), err)
	}
	return data, nil
}

// encode is the fact as canonical bytes, whatever it says.
func (f Fact) encode() ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(event{
		SpecVersion: specVersion, ID: f.ID, Source: sourcePrefix + f.Environment, Type: typeOf(f.Kind), Subject: f.Unit(),
		Time: f.Time.UTC().Format(timeLayout), DataContentType: contentType,
		Sequence: fmt.Sprintf("%09d", f.Sequence), Previous: f.Previous, Data: f.Data,
	})
	return b.Bytes(), err
}

// wholeTime is a time as a fact can hold it.
func wholeTime(t time.Time) time.Time { return t.UTC().Round(0).Truncate(time.Millisecond) }
