package environments

import (
	"strings"
	"testing"
)

// TestVariablesThatAreNoSecrets: a name that ends like that of a secret is often about tokens of text, files or
// limits. What is refused without need teaches people to find a way around.
func TestVariablesThatAreNoSecrets(t *testing.T) {
	for _, variable := range []string{
		"MAX_TOKEN: 4096", "VLLM_MAX_TOKEN: many", "PAD_TOKEN: <pad>", "EOS_TOKEN: </s>", "TOKENIZER_MODE: slow", "TOKENIZERS_PARALLELISM: 'false'",
		"TLS_KEY_FILE: /etc/tls/key.pem", "SSH_KEY: /etc/ssh/key", "API_KEY: ''", "API_KEY: $(OTHER_KEY)", "USE_AUTH_TOKEN: 'true'", "PUBLIC_KEY: ssh-ed25519",
		"KEY: value", "HF_HUB_ENABLE_HF_TRANSFER: '1'", "MODEL: hf_transfer", "NAME: task-abcdefghijklmnopqrstuvwxyz", "MONKEY: banana",
		"CA: '-----BEGIN CERTIFICATE-----'", "KEYBOARD: qwerty", "SECRETS_PROVIDER: vault", "RETRIES_PER_TOKEN: some",
	} {
		name, value, _ := strings.Cut(variable, ": ")
		text := descriptor("hf://org/model", "", "env:\n- name: "+name+"\n  value: "+quoted(value), "")
		if problems := decodeText(t, text); len(problems) > 0 {
			t.Errorf("%s: %v", variable, problems)
		}
	}
	for _, arg := range []string{"--model=hf_transfer", "--served-model-name=sk-small", "--x=risk-abcdefghijklmnopqrstuvwxyz", "--token=$(TOKEN)"} {
		if problems := decodeText(t, descriptor("hf://org/model", "", "args: ['"+arg+"']", "")); len(problems) > 0 {
			t.Errorf("%s: %v", arg, problems)
		}
	}
}

// quoted is a value in the quotes that YAML wants, if it has none.
func quoted(value string) string {
	if strings.HasPrefix(value, "'") {
		return value
	}
	return "'" + value + "'"
}
