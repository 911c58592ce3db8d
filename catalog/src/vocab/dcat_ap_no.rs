//! DCAT-AP-NO 3: catalogue, datasets, distributions, data service, publisher and contact.
