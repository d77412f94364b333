"""What every other room stands on: settings, errors, the contract, engines, the audit."""
