package v1alpha1

import _ "embed"

// ModelDeploymentCRD is the CustomResourceDefinition that a cluster needs, as YAML. Its schema is the one
// that descriptors are checked against in the repository too.
//
//go:embed crds/penstock.dev_modeldeployments.yaml
var ModelDeploymentCRD []byte

// EnvironmentCRD carries the schema of environment.yaml. It is for reading the repository and for editors:
// no cluster serves Environments, so it is never installed.
//
//go:embed crds/penstock.dev_environments.yaml
var EnvironmentCRD []byte

// PolicyCRD carries the schema of policies. Like that of environments it is for reading the repository.
//
//go:embed crds/penstock.dev_policies.yaml
var PolicyCRD []byte

// PolicyExceptionCRD carries the schema of exceptions. Like those that follow it is for reading the repository.
//
//go:embed crds/penstock.dev_policyexceptions.yaml
var PolicyExceptionCRD []byte

// TrustCRD carries the schema of trust.yaml.
//
//go:embed crds/penstock.dev_trusts.yaml
var TrustCRD []byte

// ApprovalCRD carries the schema of approvals.
//
//go:embed crds/penstock.dev_approvals.yaml
var ApprovalCRD []byte
