// Says for every change request what it would change in the cluster, and whether policy lets it in.
pipeline {
  agent { docker { image 'golang:1.26' } }
  stages {
    stage('check') {
      when { changeRequest() }
      steps {
        // Who changed a model since it was last merged is in the history.
        sh 'if [ -f "$(git rev-parse --git-dir)/shallow" ]; then git fetch --unshallow; fi'
        sh 'git fetch origin "+refs/heads/$CHANGE_TARGET:refs/remotes/origin/$CHANGE_TARGET"'
        sh 'GOBIN="$PWD/.bin" go install github.com/penstock-dev/penstock/cmd/penstock@{{version}}'
        sh '.bin/penstock policy test'
        sh '.bin/penstock check -o text -o markdown=comment.md -o junit=penstock.xml -o sarif=penstock.sarif'
      }
    }
  }
  post {
    always {
      junit testResults: 'penstock.xml', allowEmptyResults: true
      archiveArtifacts artifacts: 'comment.md,penstock.sarif', allowEmptyArchive: true
    }
  }
}
