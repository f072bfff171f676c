package check

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
)

// Where to read about the tool, and about its built-in policies.
const (
	informationURI = "https://github.com/penstock-dev/penstock"
	libraryURI     = informationURI + "/blob/main/policies/library/README.md"
)

// The parts of SARIF 2.1.0 that are used here: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string     `json:"id"`
		ShortDescription *sarifText `json:"shortDescription,omitempty"`
		Help             *sarifText `json:"help,omitempty"`
		HelpURI          string     `json:"helpUri,omitempty"`
	}
	sarifResult struct {
		RuleID              string            `json:"ruleId"`
		RuleIndex           int               `json:"ruleIndex"`
		Level               level             `json:"level"`
		Message             sarifText         `json:"message"`
		Locations           []sarifLocation   `json:"locations"`
		RelatedLocations    []sarifLocation   `json:"relatedLocations,omitempty"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region sarifRegion `json:"region"`
		} `json:"physicalLocation"`
		Message *sarifText `json:"message,omitempty"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
)

// WriteSARIF writes the report in SARIF 2.1.0, each result at the line of the descriptor that it is about, with the line of
// the rule beside it.
func WriteSARIF(w io.Writer, r *Report) error {
	run := sarifRun{Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "penstock", InformationURI: informationURI, Rules: []sarifRule{}}
	same := map[string]int{} // how many results have a fingerprint already
	for _, res := range r.results() {
		made := sarifResult{
			RuleID: res.rule, RuleIndex: run.ruleOf(res, r.Policies[res.rule]), Level: res.level, Message: sarifText{res.sentence()},
			Locations: []sarifLocation{sarifLocationOf(res.place, res.column)},
		}
		if res.rulesAt.File != "" {
			at := sarifLocationOf(res.rulesAt, 0)
			at.Message = &sarifText{"the rule"}
			made.RelatedLocations = []sarifLocation{at}
		}
		fingerprint := res.fingerprint()
		same[fingerprint]++
		made.PartialFingerprints = map[string]string{"primaryLocationLineHash": fmt.Sprintf("%s:%d", fingerprint, same[fingerprint])}
		run.Results = append(run.Results, made)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

// sentence is a result by itself: the unit, what is wrong with it, and what lets it pass.
func (res result) sentence() string {
	text := res.message
	if res.unit != "" {
		text = res.unit + ": " + text
	}
	if res.mark != "" {
		text += " [" + res.mark + "]"
	}
	return oneLine(text)
}

// fingerprint is the same for the same finding in another run, whatever line or figures it has then.
func (res result) fingerprint() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{res.unit, res.rule, res.object}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// ruleOf is the index of a result's rule, which it adds if it is not there.
func (run *sarifRun) ruleOf(res result, description string) int {
	rules := run.Tool.Driver.Rules
	if i := slices.IndexFunc(rules, func(rule sarifRule) bool { return rule.ID == res.rule }); i >= 0 {
		return i
	}
	rule := sarifRule{ID: res.rule}
	if description != "" {
		rule.ShortDescription, rule.Help = &sarifText{firstSentence(description)}, &sarifText{description}
	}
	if res.builtIn {
		rule.HelpURI = libraryURI + "#" + res.rule
	}
	run.Tool.Driver.Rules = append(rules, rule)
	return len(rules)
}

func sarifLocationOf(p Place, column int) sarifLocation {
	var made sarifLocation
	made.Physical.Artifact.URI = uriOf(p.File)
	made.Physical.Region = sarifRegion{StartLine: max(p.Line, 1), StartColumn: column}
	return made
}

// uriOf is a path as a URI reference.
func uriOf(file string) string { return (&url.URL{Path: file}).String() }
