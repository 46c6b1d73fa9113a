"""Design checks: rules with codes that say exact facts about an architecture, with places and figures."""
